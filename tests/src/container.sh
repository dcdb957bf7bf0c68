# Runs a program as ECS runs that of a hardened container: as user 1000, on a file system that is read-only but for `/tmp`,
# and with processes of its own, which end with it. Root calls it, in namespaces for mounts and processes.
#
# Usage: container.sh ROOT IMAGE FOLDER... -- PROGRAM ARGUMENT...
#
# The file system is put together at ROOT, an empty folder. It has what is in IMAGE, and each FOLDER of this machine's
# where it is. What IMAGE has in `tmp` is there when the program starts.
set -eu
root=$1 image=$2
shift 2

mount -t tmpfs -o mode=755 tmpfs "$root"
# First, since one of the others may stand in it.
mkdir "$root/tmp"
mount -t tmpfs -o mode=1777,size=128m tmpfs "$root/tmp"
cp -R "$image/tmp/." "$root/tmp"
while [ "$1" != -- ]; do
  mkdir -p "$root$1"
  mount --bind -o ro "$1" "$root$1"
  shift
done
shift
for folder in app etc; do
  mkdir "$root/$folder"
  mount --bind -o ro "$image/$folder" "$root/$folder"
done
mkdir "$root/dev" "$root/proc"
ln -s usr/bin usr/lib usr/lib64 "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,ro "$root"

# This process stays: with it, the first of its namespace, all others end.
chroot --userspec=1000:1000 --groups= "$root" env --chdir=/app "$@" || exit
