class Conv(nn.Conv2d):
    # At stride 2 TensorFlow pads more at the right and bottom.
    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)
        self.sides = [(kernel - stride) // 2, kernel // 2] * 2

    def forward(self, x):
        return super().forward(F.pad(x, self.sides))


class Norm(nn.BatchNorm2d):
    def __init__(self, channels):
        super().__init__(channels, eps=1e-3, momentum=0.01)


class Block(nn.Module):
    def __init__(self, inputs, outputs, expand, kernel, stride):
        super().__init__()
        wide = inputs * expand
        self.expands = expand > 1
        if self.expands:
            self._expand_conv = Conv(inputs, wide, 1)
            self._bn0 = Norm(wide)
        self._depthwise_conv = Conv(wide, wide, kernel, stride, groups=wide)
        self._bn1 = Norm(wide)
        self._project_conv = Conv(wide, outputs, 1)
        self._bn2 = Norm(outputs)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self._conv_stem = Conv(3, STEM, 3, 2)
        self._bn0 = Norm(STEM)
        self._blocks = nn.ModuleList([
            BLOCKS
        ])
        HEAD

    def forward(self, images):
        x = F.relu6(self._bn0(self._conv_stem(images)))
        for block in self._blocks:
            x = block(x)
        LOGITS


