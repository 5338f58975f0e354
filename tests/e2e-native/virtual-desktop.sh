#!/bin/sh
# Runs its arguments on a display, a session bus and an unlocked keyring of their own, with empty folders for everything a program keeps.
set -eu
folder=$(mktemp -d)
mkdir -m 700 "$folder/run" "$folder/data" "$folder/config" "$folder/cache"
export XDG_RUNTIME_DIR="$folder/run" XDG_DATA_HOME="$folder/data" XDG_CONFIG_HOME="$folder/config" XDG_CACHE_HOME="$folder/cache"
export NO_AT_BRIDGE=1 GTK_THEME="${GTK_THEME:-Adwaita}"
unset WAYLAND_DISPLAY ALLXONE_DATA_DIR ALLXONE_SECRET_STORE
status=0
# The bus and the services it starts talk to standard error; only what the arguments say goes to ours.
xvfb-run --auto-servernum --server-args "-screen 0 ${ALLXONE_SCREEN:-1280x800}x24" dbus-run-session -- sh -c '
  printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null
  exec "$@" 1>&8 2>&9' sh "$@" 8>&1 9>&2 >/dev/null 2>&1 || status=$?
rm -rf "$folder"
exit $status
