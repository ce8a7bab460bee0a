"""A model for microcontrollers as source text: an array in C, its header, how to use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnistkit.exporters.micro_runtime import Quantisation

BYTES_A_LINE = 16
ARENA_STEP = 1024


def texts(
    content: bytes, labels: Sequence[str], arena: int, output: Quantisation
) -> dict[str, str]:
    """Return the texts by their file names.

    Args:
        content: The model.
        labels: The class names.
        arena: The bytes of working memory that it needs.
        output: How its outputs stand for probabilities.
    """
    figures = {
        "size": len(content),
        "classes": len(labels),
        "arena": -(-arena // ARENA_STEP) * ARENA_STEP,
        "scale": f"{output.scale:g}",
        "zero_point": output.zero_point,
    }
    array = SOURCE.format(bytes=_array(content), labels=_strings(labels))
    return {
        "model.h": HEADER.format(**figures),
        "model.c": array,
        "README.md": README.format(**figures),
    }


def _array(content: bytes) -> str:
    lines = (
        ", ".join(f"0x{byte:02x}" for byte in content[start : start + BYTES_A_LINE])
        for start in range(0, len(content), BYTES_A_LINE)
    )
    return ",\n    ".join(lines)


def _strings(labels: Sequence[str]) -> str:
    return ",\n    ".join(f'"{_escaped(label)}"' for label in labels)


def _escaped(label: str) -> str:
    """Return a class name as the content of a C string, in UTF-8."""
    return "".join(
        chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"\\{byte:03o}"
        for byte in label.encode()
    )


HEADER = """\
/* A digit classifier for TensorFlow Lite for Microcontrollers, made by `mnistkit export`.
 *
 * Input: int8 [1, 28, 28]; bright ink on black, a pixel of 0 to 255 less 128.
 * Output: int8 [1, {classes}]; probability = (value - ({zero_point})) * {scale}
 */
#ifndef MNISTKIT_MODEL_H_
#define MNISTKIT_MODEL_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {{
#endif

/* The arena that the interpreter needs, measured on a 64-bit machine; 32 bits need less. */
#define MNISTKIT_ARENA_BYTES {arena}
#define MNISTKIT_MODEL_BYTES {size}
#define MNISTKIT_CLASSES {classes}
#define MNISTKIT_PIXEL_OFFSET 128

extern const unsigned char mnistkit_model[MNISTKIT_MODEL_BYTES];
extern const char *const mnistkit_labels[MNISTKIT_CLASSES];

#ifdef __cplusplus
}}
#endif

#endif
"""

SOURCE = """\
#include "model.h"

/* C11; the interpreter reads the model in place and needs it aligned. */
_Alignas(16) const unsigned char mnistkit_model[MNISTKIT_MODEL_BYTES] = {{
    {bytes}
}};

const char *const mnistkit_labels[MNISTKIT_CLASSES] = {{
    {labels}
}};
"""

README = """\
# A digit classifier for microcontrollers

`model.tflite` is the model, {size:,} bytes in int8. `model.c` and `model.h` are the same bytes as
an array in C, with the labels. `card.json` says what the model was trained on.

- Input: int8 [1, 28, 28]. Bright ink on black, as in MNIST: take 128 from each pixel of 0 to 255.
- Output: int8 [1, {classes}]. The largest value is at the index of the label; a probability is
  `(value - ({zero_point})) * {scale}`.
- Memory: {arena:,} bytes of arena, `MNISTKIT_ARENA_BYTES`.

```cpp
#include "model.h"
#include "tensorflow/lite/micro/micro_interpreter.h"

alignas(16) static uint8_t arena[MNISTKIT_ARENA_BYTES];

// `resolver` has the operators of the model.
tflite::MicroInterpreter interpreter(
    tflite::GetModel(mnistkit_model), resolver, arena, sizeof(arena));
interpreter.AllocateTensors();
int8_t *input = interpreter.input(0)->data.int8;
for (int i = 0; i < 28 * 28; i++) input[i] = pixels[i] - MNISTKIT_PIXEL_OFFSET;
interpreter.Invoke();
const int8_t *values = interpreter.output(0)->data.int8;
```

`sha256sum --check SHA256SUMS` says whether the files are whole.
"""
