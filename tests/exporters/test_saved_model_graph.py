"""SavedModels of strangers: graphs that act are refused before TensorFlow loads them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mnistkit.core.models import tensorflow
from mnistkit.core.models.card_file import write_card
from mnistkit.errors import ModelError
from mnistkit.exporters import saved_model, saved_model_graph

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def tf():
    tensorflow.import_keras()
    import tensorflow as tf

    return tf


def module_of(tf, change, held=None):
    """A module whose signature calculates probabilities, which `change` then handles."""
    module = held or tf.Module()
    module.weights = tf.Variable(tf.ones([784, 10]))

    @tf.function(input_signature=[tf.TensorSpec((None, 28, 28), tf.uint8, name="image")])
    def serve(image):
        pixels = tf.reshape(tf.cast(image, tf.float32), [-1, 784])
        rows = change(tf.nn.softmax(pixels @ module.weights))
        return {"probabilities": tf.ensure_shape(rows, (None, 10))}

    module.serve = serve
    return module


def save(tf, path, change=lambda rows: rows, held=None):
    module = module_of(tf, change, held)
    tf.saved_model.save(module, str(path), signatures=module.serve)
    return parse(path)


def parse(path):
    from tensorflow.core.protobuf import saved_model_pb2

    return saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())


def acting(tf, marker):
    """What a stranger's graph may try to do, by the operator that does it."""

    def after(act):
        def change(rows):
            with tf.control_dependencies([act()]):
                return tf.identity(rows)

        return change

    def in_a_branch(rows):
        write = after(lambda: tf.io.write_file(marker, "x"))
        return tf.cond(tf.reduce_sum(rows) > 0, lambda: write(rows), lambda: rows)

    def in_a_loop(rows):
        write = after(lambda: tf.io.write_file(marker, "x"))
        return tf.while_loop(lambda _: False, lambda x: [write(x)], [rows])[0]

    def length(rows):
        return rows + tf.cast(tf.strings.length(tf.io.read_file(marker)), tf.float32)

    def python(rows):
        return tf.ensure_shape(tf.py_function(lambda x: x, [rows], tf.float32), (None, 10))

    return {
        "WriteFile": after(lambda: tf.io.write_file(marker, "x")),
        "WriteFile of a branch": in_a_branch,
        "WriteFile of a loop": in_a_loop,
        "ReadFile": length,
        "EagerPyFunc": python,
        "SaveV2": after(lambda: tf.raw_ops.SaveV2(
            prefix=marker, tensor_names=["x"], shape_and_slices=[""], tensors=[tf.constant(1)]
        )),
        "MergeV2Checkpoints": after(lambda: tf.raw_ops.MergeV2Checkpoints(
            checkpoint_prefixes=[marker], destination_prefix=f"{marker}2"
        )),
        "PrintV2": after(lambda: tf.raw_ops.PrintV2(input="x")),
        "Abort": after(lambda: tf.raw_ops.Abort(error_msg="x")),
        "ImmutableConst": lambda rows: rows + tf.raw_ops.ImmutableConst(
            dtype=tf.float32, shape=[1], memory_region_name=marker
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", acting(None, ""))
def test_an_operator_that_acts_is_refused_wherever_it_stands(tf, name, tmp_path):
    saved = save(tf, tmp_path / "saved", acting(tf, str(tmp_path / "marker"))[name])
    flaw = f"expected operators that only calculate, received {name.split()[0]}"
    assert saved_model_graph.flaw(saved) == flaw


def test_what_calculates_and_saves_is_no_flaw(tf, tmp_path):
    saved = save(tf, tmp_path / "saved")
    saving = {node.op for function in functions(saved) for node in function.node_def}
    assert "SaveV2" in saving
    assert saved_model_graph.flaw(saved) is None


def functions(saved):
    return saved.meta_graphs[0].graph_def.library.function


def test_the_functions_that_save_are_refused_under_any_name_that_can_be_called(tf, tmp_path):
    saved = save(tf, tmp_path / "saved")
    called = saved.meta_graphs[0].object_graph_def.concrete_functions
    (saving,) = [each.signature.name for each in functions(saved) if "save" in each.signature.name]
    called[saving].bound_inputs.append(0)
    assert "received" in saved_model_graph.flaw(saved)


def test_a_resource_is_refused_whose_functions_run_while_it_is_loaded(tf, tmp_path):
    held = tf.Module()
    entries = tf.lookup.KeyValueTensorInitializer(["a"], [1])
    held.table = tf.lookup.StaticHashTable(entries, -1)
    saved = save(tf, tmp_path / "saved", held=held)
    assert "received resource with functions of its own" in saved_model_graph.flaw(saved)


def test_a_graph_of_the_first_version_is_refused_which_runs_while_it_is_loaded(tf, tmp_path):
    saved = save(tf, tmp_path / "saved")
    saved.meta_graphs[0].ClearField("object_graph_def")
    assert saved_model_graph.flaw(saved) == "expected one graph of TensorFlow 2"


def test_layers_of_every_kind_only_calculate(tmp_path, small_card):
    keras = tensorflow.import_keras()
    image = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(image)
    recurrent = keras.layers.Bidirectional(keras.layers.LSTM(4))(x)
    x = keras.layers.Reshape((28, 28, 1))(x)
    for layer in (
        keras.layers.Resizing(32, 32),
        keras.layers.RandomRotation(0.1),
        keras.layers.SeparableConv2D(4, 3, padding="same"),
        keras.layers.BatchNormalization(),
        keras.layers.UpSampling2D(interpolation="bilinear"),
        keras.layers.Conv2DTranspose(2, 3),
        keras.layers.SpatialDropout2D(0.1),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.GaussianNoise(0.1),
    ):
        x = layer(x)
    attended = keras.layers.MultiHeadAttention(1, 4)(*[keras.layers.Reshape((1, 8))(recurrent)] * 2)
    joined = keras.layers.Concatenate()([x, keras.layers.Flatten()(attended)])
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(joined))
    saved_model.write(model, small_card, tmp_path, {})
    assert saved_model_graph.flaw(parse(tmp_path)) is None


def test_nothing_is_written_by_the_model_of_a_stranger(tf, tmp_path, small_card):
    marker, path = tmp_path / "marker", tmp_path / "saved"
    save(tf, path, acting(tf, str(marker))["WriteFile"])
    write_card(path, replace(small_card, exporter="saved-model", exporter_options={}))
    with pytest.raises(ModelError, match="operators that only calculate, received WriteFile"):
        saved_model.open_folder(path).predict(np.zeros((1, 28, 28), np.uint8))
    assert not marker.exists()
