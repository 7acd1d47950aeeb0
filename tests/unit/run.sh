#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs unit tests that are built: run.sh DIRECTORY NAME... One line for each, the whole output of
# those that fail, a summary; status 1 if any failed. TAP output of each stays in DIRECTORY/NAME/log.
# A NAME for which there is tests/unit/NAME.py is that script.
dir=$1
shift
failed=0 total=0 cases=0

for name in "$@"; do
    log=$dir/$name/log
    program=$dir/$name/run
    if [ -x "tests/unit/$name.py" ]; then
        program=tests/unit/$name.py
        mkdir -p "$dir/$name"
    fi
    total=$((total + 1))
    if CMOCKA_MESSAGE_OUTPUT=TAP timeout 300 "$program" >"$log" 2>&1; then
        n=$(grep -c '^ok ' "$log")
        cases=$((cases + n))
        echo "ok      unit $name ($n cases)"
    else
        failed=$((failed + 1))
        echo "not ok  unit $name"
        sed 's/^/        /' "$log"
    fi
done
echo "unit: $((total - failed)) of $total test programs passed, $cases cases"
[ "$failed" -eq 0 ]
