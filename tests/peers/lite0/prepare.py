"""Writes EfficientNet-Lite0, its normalisation folded into the convolutions, for the libraries of
features.html: `lite0.onnx` for ONNX Runtime Web, `lite0.json` and `lite0.bin` for TensorFlow.js.

    pip install torch safetensors onnx onnxscript && python tests/peers/lite0/prepare.py
"""

import json
import pathlib

import numpy
import torch
from torch import nn

from network import STAGES, pretrained

HERE = pathlib.Path(__file__).parent


def main():
    network = pretrained()
    layers, values, offset = [], [], 0
    for unit, name, _ in network.units():
        unit.conv = nn.utils.fuse_conv_bn_eval(unit.conv, unit.norm)
        unit.norm = nn.Identity()
        kernel = unit.conv.weight.detach()
        depthwise = unit.conv.groups > 1
        # TensorFlow has [height, width, inputs, outputs], and outputs per input for depthwise kernels.
        kernel = kernel.permute(2, 3, 0, 1) if depthwise else kernel.permute(2, 3, 1, 0)
        layers.append({
            "name": name,
            "kernel": list(kernel.shape),
            "offset": offset,
            "depthwise": depthwise,
            "stride": unit.conv.stride[0],
            "clamp": unit.clamp,
        })
        for part in [kernel, unit.conv.bias.detach()]:
            values.append(part.contiguous().numpy().ravel())
            offset += values[-1].size
    numpy.concatenate(values).astype("<f4").tofile(HERE / "lite0.bin")
    (HERE / "lite0.json").write_text(json.dumps({"stages": STAGES, "layers": layers}))
    torch.onnx.export(
        network, torch.zeros(1, 3, 224, 224), HERE / "lite0.onnx", dynamo=True, external_data=False,
        input_names=["images"], output_names=["features"],
        dynamic_shapes={"x": {0: torch.export.Dim("batch", min=1, max=64)}},
    )


if __name__ == "__main__":
    main()
