# bench.gp - draws bench.tsv: tsv, svg and machine are set by tests/bench/bench
#
# The background is transparent and the letters are grey, so that the chart is
# readable on white and on black.
rows = int(system("tail -n +2 '".tsv."' | cut -f1 | uniq | wc -l"))
lines = int(system("wc -l <'".tsv."'")) - 1
grey = "#808890"

set terminal svg size 900, 70 + 26 * rows + 15 * lines font "sans-serif,11"
set output svg
set datafile separator "\t"
unset key
unset border
unset xtics
set style fill solid noborder
set label 1 "smtp-stdio beside bare system calls and its peers" \
	at screen 0.02, screen 1 offset 0, -1.2 font ",15" tc rgb grey
set label 2 machine at screen 0.02, screen 1 offset 0, -2.6 tc rgb grey
set lmargin 0
set rmargin 0
set tmargin 0
set bmargin 0

# A block for each figure: its title, and a bar for each server.  The longest
# bar has the full width.
colour(name) = name eq "smtp-stdio" ? 0xd9652b : \
	name eq "limit" || name[1:4] eq "bare" || name[1:5] eq "plain" ? \
	0x8a9199 : 0x4a86c5
pick = "awk -F'\t' -v n=%d 'NR > 1 { if ($1 != f) { f = $1; k++ } " \
	."if (k == n) print }' '".tsv."'"
height = 70.0 + 26 * rows + 15 * lines
top = 60.0
set multiplot
do for [n = 1:rows] {
	data = "<".sprintf(pick, n)
	set xrange [*:*]
	set yrange [*:*]
	stats data using 4 nooutput
	count = STATS_records
	longest = STATS_max
	title = system(sprintf(pick, n)." | head -n 1 | cut -f1")
	unit = system(sprintf(pick, n)." | head -n 1 | cut -f2")
	better = unit[strlen(unit) - 1:] eq "/s" ? "more" : "less"
	set label 3 sprintf("%s (%s; %s is better)", title, unit, better) \
		at screen 0.02, screen 1 - (top + 12) / height \
		font ",12" tc rgb grey
	set origin 0.17, 1 - (top + 22 + 15 * count) / height
	set size 0.7, 15 * count / height
	set xrange [0:longest * 1.0]
	set yrange [count - 0.5:-0.5]
	set ytics scale 0 textcolor rgb grey
	set format y ""
	plot data using (0):0:(0):4:($0 - 0.38):($0 + 0.38): \
		(colour(strcol(3))):ytic(3) with boxxyerror lc rgb variable, \
		"" using 4:0:(sprintf("%s%s", sprintf($4 < 100 ? "%.3g" : \
		"%'.0f", $4), $7 == 1 ? "" : sprintf("   × %.2f", $7))) \
		with labels left offset 0.6, 0 font ",10" tc rgb grey
	unset label 1
	unset label 2
	top = top + 26 + 15 * count
}
unset multiplot
