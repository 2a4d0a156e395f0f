# growth.gp - draws growth.tsv: tsv, svg and machine are set by
# tests/bench/growth
#
# The background is transparent and the letters are grey, so that the chart is
# readable on white and on black.
pick = "awk -F'\t' -v n=%d 'NR > 1 { if ($1 != f) { f = $1; k++ } " \
	."if (k == n) print }' '".tsv."'"
curves = int(system("tail -n +2 '".tsv."' | cut -f1 | uniq | wc -l"))
rows = (curves + 1) / 2
grey = "#808890"

set terminal svg size 900, 70 + 220 * rows font "sans-serif,11"
set output svg
set datafile separator "\t"
unset key
set border 3 lc rgb grey
set tics nomirror textcolor rgb grey
set grid y lc rgb grey lw 0.3
set logscale xy
set format "%.0s%c"
set label 1 "What grows with what" \
	at screen 0.02, screen 1 offset 0, -1.2 font ",15" tc rgb grey
set label 2 machine at screen 0.02, screen 1 offset 0, -2.6 tc rgb grey

height = 70.0 + 220 * rows
set multiplot
do for [n = 1:curves] {
	data = "<".sprintf(pick, n)
	name = system(sprintf(pick, n)." | head -n 1 | cut -f1")
	unit = system(sprintf(pick, n)." | head -n 1 | cut -f2")
	of_what = system(sprintf(pick, n)." | head -n 1 | cut -f3")
	set title sprintf("%s (%s)", name, unit) tc rgb grey offset 0, -0.5
	set xlabel of_what tc rgb grey offset 0, 0.5
	set origin ((n - 1) % 2) * 0.5, \
		1 - (60.0 + 220 * ((n - 1) / 2 + 1)) / height
	set size 0.5, 220 / height
	set xrange [*:*]
	set yrange [*:*]
	stats data using ($4 < 1 ? 1 : $4):5 nooutput
	set xrange [STATS_min_x / 2:STATS_max_x * 2]
	# From a third to three times the values, so that constants look flat.
	set yrange [STATS_min_y / 3:STATS_max_y * 3]
	# Values of 0 are drawn at 1.
	plot data using ($4 < 1 ? 1 : $4):5 with linespoints \
		pt 7 ps 0.6 lw 2 lc rgb "#d9652b", \
		"" using ($4 < 1 ? 1 : $4):5: \
		(sprintf($5 < 100 ? "%.3g" : "%.0f", $5)) \
		with labels offset 0, 0.9 font ",9" tc rgb grey
	unset label 1
	unset label 2
}
unset multiplot
