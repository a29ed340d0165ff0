#!/bin/sh
# What the container runs: `up` now and again, which starts what does not run; on SIGTERM everything goes down in good order.
trap 'signalbox down; exit 0' TERM INT
while :; do
  signalbox up || echo 'Not up; trying again.' >&2
  sleep 30 &
  wait $!
done
