#!/bin/sh
# Runs its arguments on a display, a session bus and an unlocked keyring of their own, with empty folders for everything a program keeps.
set -eu
folder=$(mktemp -d)
mkdir -m 700 "$folder/run" "$folder/data" "$folder/config" "$folder/cache"
export XDG_RUNTIME_DIR="$folder/run" XDG_DATA_HOME="$folder/data" XDG_CONFIG_HOME="$folder/config" XDG_CACHE_HOME="$folder/cache"
export NO_AT_BRIDGE=1 GTK_THEME="${GTK_THEME:-Adwaita}"
unset WAYLAND_DISPLAY ALLXONE_DATA_DIR ALLXONE_SECRET_STORE
status=0
xvfb-run --auto-servernum --server-args "-screen 0 ${ALLXONE_SCREEN:-1280x800}x24" dbus-run-session -- sh -c '
  printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
  exec "$@"' sh "$@" || status=$?
rm -rf "$folder"
exit $status
