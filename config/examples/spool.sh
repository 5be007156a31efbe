#!/bin/sh
# Hands each new page to a program: spool.sh PROGRAM [ARGUMENT…]
#
#   CRAWLD_SOCKET=.run/control.sock config/examples/spool.sh sh -c 'wc -c; echo "$CRAWLD_URL"'
#
# The page is on its standard input, and the environment says what it is: CRAWLD_URL, CRAWLD_STATUS, CRAWLD_CONTENT_TYPE,
# CRAWLD_SEQ. One after the other. crawld keeps the place under the name $CRAWLD_CONSUMER (spool): started again, this goes on
# behind the last page that was done. If the program fails this ends with its exit code, and the page is handed over again
# next time. Exit 75 = crawld has stopped. Wants crawlctl, curl and jq.
set -eu
[ $# -gt 0 ] || { echo "usage: spool.sh PROGRAM [ARGUMENT...]" >&2; exit 64; }
export CRAWLD_SOCKET="${CRAWLD_SOCKET:-/run/crawld/control.sock}"
consumer=${CRAWLD_CONSUMER:-spool}

ask() {
    curl --silent --show-error --fail --output /dev/null --unix-socket "$CRAWLD_SOCKET" -X "$1" "http://crawld$2"
}

ask PUT "/v1/results/consumers/$consumer"
folder=$(mktemp -d)
# A pipe with a name: behind `|` the loop would be another shell, whose exit is not this one's.
mkfifo "$folder/results"
crawlctl --json results --follow --consumer "$consumer" >"$folder/results" &
follower=$!
trap 'kill "$follower" 2>/dev/null || :; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
exec 3<"$folder/results"
while read -r line <&3; do
    {
        read -r CRAWLD_SEQ; read -r CRAWLD_STATUS; read -r CRAWLD_URL; read -r changed
        read -r CRAWLD_CONTENT_TYPE || :
    } <<EOF
$(printf '%s\n' "$line" | jq -r '.seq, .status, .url, .changed, .content_type // ""')
EOF
    export CRAWLD_SEQ CRAWLD_STATUS CRAWLD_URL CRAWLD_CONTENT_TYPE
    if [ "$changed" = true ]; then
        code=0
        crawlctl cat "$CRAWLD_URL" >"$folder/page" 3<&- || code=$?
        case $code in
            0) "$@" <"$folder/page" 3<&- ;;
            66) ;; # it lies in no archive: crawlctl has said why
            *) exit "$code" ;;
        esac
    fi
    code=0
    ask POST "/v1/results/ack?consumer=$consumer&seq=$CRAWLD_SEQ" || code=$?
    case $code in
        0) ;;
        22) exit 1 ;; # refused
        *) exit 75 ;;
    esac
done
wait "$follower"
