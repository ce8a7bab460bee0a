"""The Open Inference Protocol, by its public client and by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tritonclient.http as triton
from served import INFER, JSON, tensor
from tritonclient.utils import InferenceServerException

from mnistkit.__about__ import __version__

TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def client(server):
    with triton.InferenceServerClient("{}:{}".format(*server.place)) as client:
        yield client


@pytest.fixture(scope="module")
def images(sample):
    return sample.images[:5]


@pytest.fixture(scope="module")
def expected(bundled, images):
    return bundled.predict(images)


def given(images, *, binary):
    tensor = triton.InferInput("image", list(images.shape), "UINT8")
    tensor.set_data_from_numpy(images, binary_data=binary)
    return [tensor]


def test_the_public_client_finds_the_server_and_its_model(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("bundled")
    assert not client.is_model_ready("another")
    assert client.get_server_metadata() == {
        "name": "mnistkit",
        "version": __version__,
        "extensions": ["binary_tensor_data"],
    }
    assert client.get_model_metadata("bundled") == {
        "name": "bundled",
        "platform": "mnistkit_onnx",
        "inputs": [{"name": "image", "datatype": "UINT8", "shape": [-1, 28, 28]}],
        "outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]}],
    }


@pytest.mark.parametrize("sent", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("received", [True, False], ids=["binary", "json"])
def test_the_public_client_gets_the_models_probabilities(client, images, expected, sent, received):
    output = triton.InferRequestedOutput("probabilities", binary_data=received)

    result = client.infer(
        "bundled", given(images, binary=sent), outputs=[output], request_id="seven"
    )

    assert result.get_response()["id"] == "seven"
    assert result.get_response()["model_name"] == "bundled"
    assert result.as_numpy("probabilities") == pytest.approx(expected, abs=TOLERANCE)


def test_without_outputs_the_public_client_asks_for_all_in_binary(client, images, expected):
    result = client.infer("bundled", given(images, binary=True))

    assert "data" not in result.get_output("probabilities")
    assert result.as_numpy("probabilities") == pytest.approx(expected, abs=TOLERANCE)


def test_the_public_client_understands_errors(client, images):
    with pytest.raises(InferenceServerException, match="expected the model bundled") as caught:
        client.infer("another", given(images, binary=True))
    assert caught.value.status() == "404"


def test_requests_of_many_threads_get_their_own_answers(client, sample, bundled):
    images = sample.images[:64]
    asked = [client.async_infer("bundled", given(one[None], binary=True)) for one in images]

    rows = np.concatenate([each.get_result().as_numpy("probabilities") for each in asked])

    assert rows == pytest.approx(bundled.predict(images), abs=TOLERANCE)


def test_nested_values_are_as_good_as_flat_ones(server, images, expected):
    for values in (images.tolist(), images.reshape(-1).tolist()):
        reply = server.infer(tensor(images, data=values) | {"id": "a", "parameters": {}})
        (output,) = reply.json.pop("outputs")
        assert reply.status == 200
        assert output.pop("data") == pytest.approx(expected.ravel(), abs=TOLERANCE)
        assert output == {"name": "probabilities", "datatype": "FP32", "shape": [5, 10]}
        assert {**reply.json, "outputs": []} == {
            "model_name": "bundled",
            "id": "a",
            "outputs": [],
        }


def test_the_health_of_a_server_is_in_the_protocols_words(server):
    assert server.get("/v2/health/live").json == {"live": True}
    assert server.get("/v2/health/ready").json["ready"] is True
    assert server.get("/v2/models/bundled/ready").json == {"name": "bundled", "ready": True}


def test_what_is_not_there_is_an_error_in_the_protocols_form(server):
    for method, path, status in (
        ("GET", "/v2/models/another", 404),
        ("GET", "/v2/models/bundled/versions/1", 404),
        ("GET", "/v2/models/bundled/infer", 405),
        ("POST", "/v2", 405),
        ("DELETE", "/v2/models/bundled", 405),
        ("GET", "/absent/absent", 404),
    ):
        reply = server.ask(method, path)
        assert reply.status == status
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.error


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30, "\u0661", "4000"])
def test_a_wrong_length_of_the_json_is_refused(server, images, length):
    body = json.dumps(tensor(images[:1])).encode()[:3000]
    header = {"Inference-Header-Content-Length": length.encode("utf-8")}

    assert server.ask("POST", INFER, body, JSON | header).status == 400
