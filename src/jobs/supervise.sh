#!/bin/sh
# Stands over one job: supervise.sh <directory> <wall s> <head bytes> <tail bytes> <processes> <memory pages>
#   <KiB to stay free> <sandbox kind> <control group or nothing> <command…>
# Detached from whoever started it, so a worker may die at any moment; the command dies with it (bubblewrap's --die-with-parent), so a
# dead supervisor means a dead command. A shell, not Node: it costs 1 MB and a few milliseconds. It tells the world by files:
#   claim              boot id, process id and its start time; linked into place: of several supervisors one runs the command
#   head, tail, rest   the first bytes of the output, its last ones, and how many came after the first ones
#   status             `exit <n>` or `stopped <why>`; written beside and renamed, so it is there whole or not at all
set -u
cd "$1" || exit 1
wall=$2 head=$3 tail=$4 processes=$5 pages=$6 spare=$7 kind=$8 group=$9
shift 9

finish() { printf '%s\n' "$1" >status.new && mv status.new status; }

# The kernel takes a moment to bury the last process of the group.
leave() {
  if [ -z "$group" ]; then exit; fi
  for _ in 1 2 3 4 5 6 7 8 9 10; do rmdir "$group" && exit || sleep 0.1; done 2>/dev/null
  exit
}

read -r boot </proc/sys/kernel/random/boot_id
read -r stat </proc/$$/stat
after_twenty() { shift 19; echo "$1"; }
# shellcheck disable=SC2086 # the start time is the 22nd field, the 20th after "pid (name) "
printf '%s %s %s\n' "$boot" $$ "$(after_twenty ${stat##*) })" >claim.$$
ln claim.$$ claim 2>/dev/null || exec rm claim.$$
sync claim . # after a power failure it must not look as if nothing had run
rm claim.$$

# Claim first, then look: who ends a job or its scope marks that first, then looks for claims. One of the two sees the other.
if [ -e ended ] || [ -e ../ended ]; then
  finish 'stopped cancelled'
  leave
fi

keep() {
  stdbuf -o0 head -c "$head" >head # unbuffered, because people watch
  # What comes now is beyond the head: count it and keep its end, in constant memory.
  { tee /dev/fd/3 | tail -c "$tail" >tail; } 3>&1 | wc -c >rest
}

stop() {
  echo "$1" >stopping && kill -s KILL -- "-$job"
  exit
}

watch() {
  read -r now _ </proc/uptime
  deadline=$((${now%.*} + wall))
  while sleep 0.5; do
    read -r now _ </proc/uptime
    if [ "${now%.*}" -gt "$deadline" ]; then stop wall-time; fi
    # shellcheck disable=SC2046 # two numbers: free blocks, bytes of a block
    set -- $(stat -f -c '%a %S' .)
    if [ $# -eq 2 ] && [ $(($1 * $2 / 1024)) -lt "$spare" ]; then stop disk; fi
    if [ -n "$group" ] && read -r _ refused <"$group/pids.events" && [ "$refused" -gt 0 ]; then stop processes; fi
    # A sandbox has a /proc of its own, which lists the job's processes and no others.
    if [ "$kind" != bubblewrap ]; then continue; fi
    read -r init _ <"/proc/$job/task/$job/children"
    set -- "/proc/$init/root/proc/"[0-9]*
    if [ $# -gt "$processes" ]; then stop processes; fi
    used=0
    for process; do
      read -r _ resident shared _ <"$process/statm" && used=$((used + resident - shared))
    done
    if [ $used -gt "$pages" ]; then stop memory; fi
  done 2>/dev/null
}

mkfifo output
keep <output &
keeper=$!
setsid "$@" </dev/null >output 2>&1 &
job=$!
watch &
watcher=$!
wait $job
status=$?
kill $watcher 2>/dev/null

# Without a sandbox, what the command left behind holds its output open: end its group, and don't wait for what has left the group.
kill -s KILL -- "-$job" 2>/dev/null
if [ "$kind" != bubblewrap ]; then { sleep 2 && kill $keeper; } 2>/dev/null & fi
wait $keeper
if [ -e stopping ]; then read -r why <stopping && finish "stopped $why"; else finish "exit $status"; fi
leave
