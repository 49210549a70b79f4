#!/bin/sh
# Try the download in an empty Debian, as an ordinary user, where nothing but the home folder can be written.
#
#   sh scripts/bundle/try_bare.sh dist/carer-stories-….zip [FOLDER] [--demonstration]
#
# Needs root, debootstrap, bubblewrap, unzip and a mirror of Debian. FOLDER (default: a new temporary one, about
# 1.5 GB) is left, to look into. The recording itself is tried with: python -m scripts.bundle.try_recording FOLDER
set -eu
home="/home/bärbel größer" media="/media/Träger Geschichten"

# Runs a command there, as user 1000 of a new user namespace.
inside() {
  setpriv --reuid=12345 --regid=12345 --clear-groups env -i bwrap --die-with-parent --unshare-user --unshare-pid --uid 1000 --gid 1000 \
    --ro-bind "$folder/bare" / --bind "$folder/home" "$home" --ro-bind "$folder/unpacked/program folder" "$media" \
    --proc /proc --dev /dev --tmpfs /tmp --setenv HOME "$home" --setenv PATH /usr/bin:/bin --chdir "$home" "$@"
}
if [ "$1" = --inside ]; then folder=$2; inside "$media/$3"; exit; fi
packed=$1 folder=${2:-$(mktemp -d)}
mkdir -p "$folder/home"
[ -d "$folder/bare" ] || debootstrap --variant=minbase stable "$folder/bare" > "$folder/debootstrap.log"
mkdir -p "$folder/bare$home" "$folder/bare$media"
chmod 755 "$folder"; chown 12345:12345 "$folder/home"
rm -rf "$folder/unpacked"; unzip -q "$packed" -d "$folder/unpacked"
mv "$folder"/unpacked/* "$folder/unpacked/program folder"

timed() {
  began=$(date +%s%N); inside "$@" > "$folder/out.txt" 2>&1 || true
  echo "$(( ($(date +%s%N) - began) / 1000000 )) ms   $*"
}
echo "What is there: $(inside /bin/sh -c 'command -v python3 ffmpeg node || echo no Python, ffmpeg or Node')"
echo "Size: $(du -sm "$folder/unpacked" | cut -f1) MB unpacked, $(du -m "$packed" | cut -f1) MB packed"
inside /bin/sh -c "cd '$media' && sha256sum --check --quiet SHA256SUMS" && echo "Every file is as it was packed."
for again in 1 2; do
  timed "$media/program/carer-stories" --version
  timed "$media/program/carer-stories" --help
  timed "$media/program/carer-stories" doctor
done
cat "$folder/out.txt"
case "$*" in *--demonstration*) inside "$media/See the demonstration.sh" ;; esac
