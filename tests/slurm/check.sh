#!/bin/bash
# Runs a protocol of 24 cells as a job array of a Slurm that is made for it: one machine, two nodes. While it
# runs, tasks are killed, put back in the queue and lose their node. Its tables must be those of a run without
# Slurm, byte for byte.
#
#   tests/slurm/check.sh [PROGRAM]    # PROGRAM is `rsc`; it is compiled unless given
#
# It needs Debian or a child of it, and root: Slurm is installed where it is missing. Its configuration, key,
# sockets and logs lie in a temporary folder, so a Slurm of the machine's own is not touched. It ends with 0
# where all is well, 77 where it cannot run here, and 1 otherwise.
set -euo pipefail

readonly SKIPPED=77
# Seconds that anything may take.
readonly PATIENCE=180
workspace=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly workspace

skip() {
    echo "skipped: $1"
    exit "$SKIPPED"
}

[[ $(id --user) == 0 ]] || skip "Slurm's daemons need root"
command -v apt-get > /dev/null || skip "Slurm is installed by apt-get, which is not here"
if ! command -v slurmctld > /dev/null || ! command -v slurmd > /dev/null || ! command -v munged > /dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install --yes --no-install-recommends slurm-wlm munge; } > /dev/null 2>&1 \
        || skip "apt-get cannot install slurm-wlm and munge"
fi

if [[ $# -gt 0 ]]; then
    program=$(realpath "$1")
else
    cargo build --locked --package rsc-core --bin rsc --manifest-path "$workspace/Cargo.toml"
    program=${CARGO_TARGET_DIR:-$workspace/target}/debug/rsc
fi

work=$(mktemp --directory --tmpdir rsc-slurm.XXXXXX)
daemons=()

# Stops everything that was started, in the other order, and removes the folder.
clean() {
    local status=$? index
    trap - EXIT
    if [[ -n ${job:-} ]]; then
        scancel "$job" 2> /dev/null || true
        sleep 3
    fi
    for ((index = ${#daemons[@]} - 1; index >= 0; index--)); do
        kill "${daemons[index]}" 2> /dev/null || true
        wait "${daemons[index]}" 2> /dev/null || true
    done
    if [[ $status != 0 && -d $work/logs ]]; then
        echo "last lines of the logs:"
        tail --lines 15 "$work"/logs/* || true
    fi
    rm --recursive --force "$work"
    exit "$status"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    echo "FAILED  $1"
    exit 1
}

passed() {
    echo "ok      $1"
}

# Waits until a command succeeds: await WHAT COMMAND…
await() {
    local what=$1 began=$SECONDS
    shift
    until "$@"; do
        ((SECONDS - began < PATIENCE)) || fail "$what: not within $PATIENCE s"
        sleep 0.1
    done
}

# --- a Slurm of its own -----------------------------------------------------------------------------------------

mkdir "$work/logs" "$work/state" "$work/spool-a" "$work/spool-b" "$work/munge" "$work/tasks"
# Clients of other users reach the socket through these folders.
chmod 755 "$work" "$work/munge"
dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 status=none
chmod 600 "$work/munge/key"

# A port that is free, and the two after it: 20 tries.
free_ports() {
    local try first port
    for ((try = 0; try < 20; try++)); do
        first=$((20000 + RANDOM % 10000))
        for port in "$first" $((first + 1)) $((first + 2)); do
            (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && continue 2
        done
        echo "$first"
        return
    done
    return 1
}
port=$(free_ports) || fail "no free ports"
machine=$(hostname --short)

export SLURM_CONF=$work/slurm.conf
cat > "$SLURM_CONF" << CONFIGURATION
ClusterName=rsc
SlurmctldHost=$machine(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A task that is put back in the queue waits until its old credential has expired.
AuthInfo=socket=$work/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
SlurmctldLogFile=$work/logs/slurmctld
SlurmdLogFile=$work/logs/slurmd-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,sched_interval=1
JobRequeue=1
KillWait=2
MinJobAge=3600
ReturnToService=2
NodeName=a NodeHostname=$machine NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1
NodeName=b NodeHostname=$machine NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1
PartitionName=all Nodes=a,b Default=YES MaxTime=INFINITE State=UP
CONFIGURATION
# Slurm loads a plugin for control groups even where it uses none; before version 23 it cannot do without.
plugin=disabled
[[ $(slurmd -V) != *" 22."* ]] || plugin=cgroup/v1
echo "CgroupPlugin=$plugin" > "$work/cgroup.conf"

munged --foreground --force --key-file "$work/munge/key" --socket "$work/munge/socket" --pid-file "$work/munge/pid" \
    --log-file "$work/logs/munged" --seed-file "$work/munge/seed" --num-threads 2 > "$work/logs/munged.out" 2>&1 &
daemons+=($!)
await "munge" test -S "$work/munge/socket"
slurmctld -D > "$work/logs/slurmctld.out" 2>&1 &
daemons+=($!)
for node in a b; do
    slurmd -D -N "$node" > "$work/logs/slurmd-$node.out" 2>&1 &
    daemons+=($!)
done

# Whether a node is in a state: is_node NAME STATE
is_node() {
    local state
    state=$(sinfo --noheader --nodes "$1" --format %T 2> /dev/null) || return 1
    [[ $state == "$2" ]]
}
for node in a b; do
    await "node $node" is_node "$node" "idle"
done
passed "$(slurmd -V | head --lines 1), nodes a and b of one machine"

# --- the protocol without Slurm ---------------------------------------------------------------------------------

# Cells of a second or two, so that faults meet them at work.
cat > "$work/sweep.toml" << 'PROTOCOL'
name = "Slurm check"
seeds = 4

[data]
preset = "styles"
held_out = ["filled", "outline", "sketch"]
image_size = 16

[settings]
network.backbone = { kind = "small_cnn", channels = [4] }
training.epochs = 24
training.learning_rate = 0.01

[[methods]]
name = "erm"

[[methods]]
name = "rsc"
challenge = { axis = "spatial", b = 0.5 }
PROTOCOL
readonly CELLS=24
"$program" protocol "$work/sweep.toml" --out "$work/local" --jobs 2 > "$work/logs/local" 2>&1 \
    || fail "the run without Slurm"
passed "$CELLS cells without Slurm"

# --- the same as job arrays, with faults ------------------------------------------------------------------------

results=$work/results
"$program" protocol "$work/sweep.toml" --out "$results" --slurm --time 10 --to "$work/slurm.sh" \
    || fail "rsc protocol --slurm"

records() {
    find "$results/cells" -name '*.json' 2> /dev/null | wc --lines
}
# What Slurm says of a task: task INDEX FIELD
task() {
    scontrol show job "${job}_$1" --oneliner | grep --only-matching --perl-regexp "(?<= $2=)\S+"
}
is_task() {
    local state
    state=$(task "$1" JobState) || return 1
    [[ $state == "$2" ]]
}
# Sets `index` and `process` to those of a cell at work. Its process is stopped, so that it stays so.
catch() {
    local claim
    for claim in "$results"/cells/*.claim; do
        process=$(grep --only-matching --perl-regexp '"process":\K[0-9]+' "$claim" 2> /dev/null) || continue
        kill -STOP "$process" 2> /dev/null || continue
        index=$(basename "$claim" | cut --delimiter=- --fields=1)
        index=$((10#$index))
        if [[ -e $claim && ! -e ${claim%.claim}.json ]]; then
            return
        fi
        kill -CONT "$process" 2> /dev/null || true
    done
    return 1
}
# Whether a task has been started anew.
has_restarted() {
    [[ $(task "$1" Restarts) -gt 0 ]]
}
at_least() {
    (($(records) >= $1))
}
is_over() {
    [[ -z $(squeue --noheader --job "$job" 2> /dev/null) ]]
}
# Waits for the end of the array, and fails where a task has.
all_completed() {
    local failed
    await "the end of the array" is_over
    failed=$(scontrol show job "$job" --oneliner | grep --count --invert-match "JobState=COMPLETED" || true)
    [[ $failed == 0 ]] || fail "$failed tasks have not completed"
}
# The table of the protocol is that of the run without Slurm, in all files.
same_tables() {
    local file
    "$program" protocol "$work/sweep.toml" --out "$results" --table > "$work/logs/table" 2>&1 || fail "--table"
    for file in table.txt table.md table.tex table.csv differences.csv report.html results.csv results.parquet; do
        cmp "$work/local/$file" "$results/$file" || fail "$1: $file is not that of the run without Slurm"
    done
    passed "$1: all tables are those of the run without Slurm, byte for byte"
}

job=$(cd "$work/tasks" && sbatch --parsable "$work/slurm.sh" 2>&1) || fail "sbatch: $job"
await "the first record" at_least 1

# The process of a task ends as it does where memory is short. Slurm lets such a task fail.
await "a cell at work" catch
kill -KILL "$process"
await "task $index fails" is_task "$index" FAILED
killed=$index
ls "$results"/cells/*"$(printf '%05d' "$killed")"-*.claim > /dev/null || fail "the claim of a killed task is gone"
scontrol requeue "${job}_$killed"
passed "task $killed: killed (kill -9), failed, put back in the queue with its claim still there"

# A task that is running is put back: Slurm ends it by SIGTERM.
await "a cell at work" catch
scontrol requeue "${job}_$index"
kill -CONT "$process" 2> /dev/null || true
await "task $index restarts" has_restarted "$index"
passed "task $index: put back in the queue while it ran (scontrol requeue), started again"

# A node is drained: what it has to do is finished, and it gets nothing new.
scontrol update NodeName=a State=DRAIN Reason=test
await "node a" is_node a drained
before=$(records)
await "node b goes on" at_least $((before + 2))
[[ -z $(squeue --noheader --nodelist a --states RUNNING) ]] || fail "a drained node has a task"
scontrol update NodeName=a State=RESUME
passed "node a: drained; node b made $(($(records) - before)) cells meanwhile; resumed"

# A node is lost: Slurm itself puts back its task, by --requeue.
await "a cell at work" catch
node=$(task "$index" NodeList)
scontrol update NodeName="$node" State=DOWN Reason=test
kill -CONT "$process" 2> /dev/null || true
scontrol update NodeName="$node" State=RESUME
await "task $index restarts" has_restarted "$index"
passed "node $node: down while it made cell $index, which Slurm put back in the queue by itself"

await "all cells" at_least "$CELLS"
all_completed
passed "all $CELLS tasks have completed"
same_tables "after the faults"
left=$(find "$results/cells" -type f ! -name '*.json' | wc --lines)
[[ $left == 0 ]] || fail "$left files are left beside the records"
passed "nothing is left beside the $CELLS records"

# Where a cluster allows fewer tasks, the cells are made by several arrays: here the last eight, and eight tasks
# that have no cell.
rm "$results"/cells/0001[6-9]-* "$results"/cells/0002*
job=$(cd "$work/tasks" && sbatch --parsable --array=0-15 --export=ALL,RSC_FIRST=16 "$work/slurm.sh" 2>&1) \
    || fail "sbatch: $job"
await "the cells of the second array" at_least "$CELLS"
all_completed
same_tables "cells 16 to 23 by an array of their own"
job=
