"""Converting Keras models to TensorFlow Lite's format, which LiteRT runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE, Images
from mnistkit.core.models.onnx_file import INPUT
from mnistkit.core.models.tensorflow import native_output_hidden
from mnistkit.errors import ModelError, first_line


def convert(model: Any) -> bytes:
    """Return a Keras model in float32, from uint8 (n, 28, 28) to float32 (n, classes)."""
    return _converted(model, _converter(model, (None, "uint8")))


def convert_to_int8(model: Any, images: Images) -> bytes:
    """Return a Keras model calculated in int8, from uint8 (n, 28, 28) to float32 (n, classes)."""
    converter = _converter(model, (None, "uint8"))
    _quantise(converter, images)
    return _converted(model, converter)


def convert_to_int8_alone(model: Any, images: Images) -> bytes:
    """Return a Keras model in int8 alone, from (1, 28, 28) to (1, classes).

    A pixel less 128 is its input: the calibration covers 0 to 255.
    """
    import tensorflow as tf

    converter = _converter(_from_float(model), (1, "float32"))
    _quantise(converter, _with_extremes(images).astype(np.float32))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return _converted(model, converter)


def _from_float(model: Any) -> Any:
    """Return a copy of a Keras model that takes pixels as float32: no cast from uint8 is left."""
    import keras

    def copy_layer(layer: Any) -> Any:
        # The members of an ensemble are models, and would cast to uint8 again.
        if isinstance(layer, keras.Model):
            return _from_float(layer)
        return type(layer).from_config(layer.get_config())

    image = keras.Input(IMAGE_SHAPE, dtype="float32", name=INPUT)
    copied = keras.models.clone_model(model, input_tensors=image, clone_function=copy_layer)
    copied.set_weights(model.get_weights())
    return copied


def _with_extremes(images: Images) -> Images:
    """Return images, of which the first has a black and a white pixel in its corner."""
    covering = images.copy()
    covering[0, 0, :2] = 0, 255
    return covering


def _converter(model: Any, form: tuple[int | None, str]) -> Any:
    """Return a converter of a Keras model.

    Args:
        model: The model.
        form: The batch size, None for any, and the dtype of the pixels.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    batch, dtype = form
    signature = [tf.TensorSpec((batch, *IMAGE_SHAPE), dtype, name=INPUT)]
    function = tf.function(lambda image: model(image, training=False), input_signature=signature)
    # With variables, the converter leaves batch normalization and dense layers as they are.
    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    return tf.lite.TFLiteConverter.from_concrete_functions([frozen], model)


def _quantise(converter: Any, images: Any) -> None:
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = _one_by_one(images)


def _one_by_one(images: Any) -> Callable[[], Any]:
    return lambda: ([image[np.newaxis]] for image in images)


def _converted(model: Any, converter: Any) -> bytes:
    """Return what the converter writes; raise `ModelError` for what the format lacks."""
    with native_output_hidden():
        try:
            return bytes(converter.convert())
        # The converter's exceptions share no base of their own.
        except Exception as error:  # noqa: BLE001
            failure = error
    raise ModelError(
        f"expected a model that TensorFlow Lite can run, received {model.name}, which can't be "
        f"converted ({first_line(failure)}); use --exporter onnx"
    ) from failure
