#!/usr/bin/env bash
# Does a stranger's machine run it? Clones this repository into an empty folder and runs the README's two commands with an
# empty environment: make demo (without a browser window, until /readyz answers), make demo again, then make test.
#   scripts/fresh_clone.sh [folder]      KEEP=1 keeps the folder, ONLY=demo leaves the tests out
set -euo pipefail
source=$(git -C "$(dirname "$0")/.." rev-parse --show-toplevel)
work=${1:-$(mktemp -d -t kaeru-fresh-XXXXXX)}
port=${PORT:-8765}
home="$work/home"
mkdir -p "$home"
git clone --quiet "$source" "$work/kaeru"
cd "$work/kaeru"
# What a package mirror needs is kept; everything of this project is not.
clean() { env -i HOME="$home" PATH="$PATH" LANG=C.UTF-8 TERM="${TERM:-dumb}" $(env | grep -E '^(PIP_|SSL_|CI=|https?_proxy=|no_proxy=)' || true) "$@"; }
say() { printf '\n== %s\n' "$*"; }
answers() { python3 -c "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2)" "$1" 2>/dev/null; }

server=
end_demo() {
  # $server is a shell, its child is make, make's child is kaeru: that one gets what Ctrl-C would send.
  [ -n "$server" ] || return 0
  pkill -INT -P "$(pgrep -P "$server" | head -n 1)" || true
  wait "$server" || true
  server=
}
trap end_demo EXIT

demo() {
  local started=$SECONDS
  clean make demo DEMO="--no-browser --port $port" >"$work/demo.log" 2>&1 &
  server=$!
  until answers "http://127.0.0.1:$port/readyz"; do
    kill -0 "$server" 2>/dev/null || { cat "$work/demo.log"; server=; say "make demo ended by itself"; exit 1; }
    [ $((SECONDS - started)) -lt 300 ] || { cat "$work/demo.log"; say "make demo did not answer in 300 s"; exit 1; }
    sleep 0.2
  done
  say "$1: answers after $((SECONDS - started)) s"
  for page in "" demo/shop/ demo/shop/orders demo/inbox/ account/login/; do
    answers "http://127.0.0.1:$port/$page" || { say "/$page does not answer"; exit 1; }
  done
  end_demo
}

say "commit $(git rev-parse --short HEAD) in $work"
demo "make demo, first time"
tail -n 25 "$work/demo.log"
demo "make demo, again"
if [ "${ONLY:-}" != demo ]; then
  started=$SECONDS
  say "make test"
  clean make test
  say "make test took $((SECONDS - started)) s"
fi
[ "${KEEP:-}" = 1 ] || rm -rf "$work"
