# Completion in bash for smtp-stdio(8).  The options and their values are those that
# --help lists.

# Offers the completions of WORD by compgen with OPTION.
_smtp_stdio_offer() {
	mapfile -t COMPREPLY < <(compgen "${@:2}" -- "$1")
	compopt -o filenames 2>/dev/null
}

# Offers values of the kind that --help names in capital letters.
_smtp_stdio_value() {
	case $2 in
	FILE) _smtp_stdio_offer "$1" -f ;;
	DIR) _smtp_stdio_offer "$1" -d ;;
	HOST) _smtp_stdio_offer "$1" -A hostname ;;
	COMMAND) _smtp_stdio_offer "$1" -c ;;
	esac
}

_smtp_stdio() {
	local help word=$2 before=$3 at kind options
	COMPREPLY=()
	help=$("${1/#\~\//"$HOME/"}" --help 2>/dev/null) || return

	# After `--` there is a command with its arguments.
	for ((at = 1; at < COMP_CWORD; at++)); do
		[[ ${COMP_WORDS[at]} == -- ]] || continue
		if declare -F _command_offset >/dev/null; then
			_command_offset $((at + 1))
		elif ((at + 1 == COMP_CWORD)); then
			_smtp_stdio_value "$word" COMMAND
		else
			_smtp_stdio_value "$word" FILE
		fi
		return
	done

	# bash splits --users=FILE at the `=`.
	if [[ $word == = ]]; then
		word=
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [[ $before =~ ^-(-[a-z-]+|[a-zA-Z])$ ]]; then
		kind=$(sed -n -E -e "s/^ *(-., )?$before=([A-Z]+) .*/\2/p" \
			-e "s/^ *$before, --[a-z-]+=([A-Z]+) .*/\1/p" <<<"$help")
		if [[ -n $kind ]]; then
			_smtp_stdio_value "$word" "$kind"
			return
		fi
	fi

	if [[ $word == -* ]]; then
		options=$(grep -oE -e '--[a-z][a-z-]*=?' -e '^ *-[a-zA-Z],' \
			<<<"$help" | tr -d ' ,' | sort -u)
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		[[ ${#COMPREPLY[@]} != 1 || $COMPREPLY != *= ]] ||
			compopt -o nospace 2>/dev/null
	elif [[ " ${COMP_WORDS[*]} " == *' --talk '* ]]; then
		_smtp_stdio_value "$word" FILE
	fi
}
complete -F _smtp_stdio smtp-stdio
