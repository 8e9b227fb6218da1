#!/usr/bin/env bash
# kill -9 of every process of a hub at random, under load (THREATS F01, F02): several hubs side by
# side, each with its own seed, see kills.sh. $KILLS deaths of each process in all; 20 unless it is set.
# After the sentences, what the recovery took: for each role the median, the 95th percentile and the
# longest, in milliseconds. SEED repeats the seeds of a run; FIGURES=FILE keeps every single figure, and
# runs that name the same file are counted together.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kills=${KILLS:-20} hubs=${KILLS_HUBS:-4} seed=${SEED:-$((RANDOM % 1000 * 10))}
out=$(mktemp -d /tmp/hubward-kills-XXXXXX)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$out"' EXIT
figures=${FIGURES:-$out/figures}

rounds=$(((kills + hubs - 1) / hubs))
for i in $(seq "$hubs"); do
    bash "$here/kills.sh" $((seed + i)) "$rounds" "$figures" >"$out/$i" 2>&1 &
done
wait

# Sentences of a long run are many: those that failed, and what the hubs say in the end.
[ "$kills" -gt 20 ] && quiet='^(not ok|#|---|[0-9]{4}-)' || quiet='.'
cat "$out"/[0-9]* | grep -vE '^kills.sh: ' | grep -E "$quiet"
sort -k1,1 -k2,2 -k3,3n "$figures" | awk '
    function tell() {
        if (n)
            printf "# %-10s %-12s %5d %7d %6d %6d\n", role, what, n, v[int((n + 1) / 2)], v[int(n * 0.95 + 0.5)], v[n]
    }
    BEGIN { print "# process    until        deaths  median    p95   most" }
    $1 != role || $2 != what { tell(); role = $1; what = $2; n = 0 }
    { v[++n] = $3 }
    END { tell() }'
passed=$(cat "$out"/[0-9]* | grep -c '^ok - ') failed=$(cat "$out"/[0-9]* | grep -c '^not ok - ')

# above WHAT MOST: roles of which half the figures of this kind are greater, with their medians.
above() {
    sort -k1,1 -k2,2 -k3,3n "$figures" | awk -v what="$1" -v most="$2" '
        function tell() { if (n && v[int((n + 1) / 2)] > most) print role, v[int((n + 1) / 2)] }
        $2 != what { next }
        $1 != role { tell(); role = $1; n = 0 }
        { v[++n] = $3 }
        END { tell() }'
}

# Medians, because a busy machine starves now this process and now that one.
judge() {
    local sentence=$1 slow
    slow=$(above "$2" "$3")
    if [ -z "$slow" ]; then
        echo "ok - $sentence"
        passed=$((passed + 1))
    else
        echo "not ok - $sentence:" $slow
        failed=$((failed + 1))
    fi
}
judge "half of all deaths are over within five seconds, for who logs in" login 5000
judge "half of all wardens take their processes with them within a second" end 1000
echo "test_kills.sh: seeds $((seed + 1)) to $((seed + hubs)): $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -ge $((hubs * (7 + rounds * 25))) ]
