#!/bin/bash
# Checks a Linux machine with a GPU, which needs no network and nothing installed but the GPU's driver. This script
# lies in a folder that `cargo lab bundle-gpu --out FOLDER` has made.
#
#   FOLDER/check.sh [--out RESULT] [--minutes 8] [--seconds 6]
#
# It unpacks the bundle, makes the engine's checks and a short training on the GPU and on the processor, times the
# step of three networks (also in PyTorch, where `python3` or $PYTHON has it, TensorFlow.js and jax-js), and has
# Chromium train on the page. RESULT (here: result) gets result.json and pictures of the page. It ends with 0
# where no check has failed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here

fail() {
    echo "check.sh: $1" >&2
    exit 1
}

[[ $(uname -sm) == "Linux x86_64" ]] || fail "the bundle's programs are for Linux on x86-64; this is $(uname -sm)"
[[ -f $here/lab.gz ]] || fail "$here/lab.gz is missing; copy the whole folder that cargo lab bundle-gpu has made"
# Written again each time: an earlier run may have been stopped while it wrote.
gunzip --stdout "$here/lab.gz" > "$here/lab" || fail "$here/lab.gz does not unpack; copy it again"
chmod +x "$here/lab"

# Drivers for Vulkan that lie where loaders do not look, as in containers.
nvidia=/usr/local/nvidia
if [[ -z ${VK_DRIVER_FILES:-} && -z ${VK_ICD_FILENAMES:-} ]]; then
    shopt -s nullglob
    known=(/usr/share/vulkan/icd.d/nvidia*.json /etc/vulkan/icd.d/nvidia*.json)
    others=("$nvidia"/share/vulkan/icd.d/*.json)
    shopt -u nullglob
    if [[ ${#known[@]} == 0 && ${#others[@]} -gt 0 ]]; then
        VK_DRIVER_FILES=$(IFS=:; echo "${others[*]}")
        export VK_DRIVER_FILES
    fi
fi
if [[ -z ${__EGL_VENDOR_LIBRARY_FILENAMES:-} && -f $nvidia/share/glvnd/egl_vendor.d/10_nvidia.json ]]; then
    export __EGL_VENDOR_LIBRARY_FILENAMES=$nvidia/share/glvnd/egl_vendor.d/10_nvidia.json
fi
# Drivers warn without it, though no display is opened.
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}

"$here/lab" --help > /dev/null || fail "the bundle's program does not start here (above); the C library of this machine \
may be older than that of the one where the bundle was made"
exec "$here/lab" check-gpu --bundle "$here" "$@"
