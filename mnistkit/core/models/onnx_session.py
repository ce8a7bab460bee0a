"""Sessions of onnxruntime for files that anybody may have made."""

from __future__ import annotations

import os
from typing import Any

from mnistkit.core.cores import usable_cores

# The level of onnxruntime's log; errors are raised as well.
FATAL = 4


def open_session(model: bytes, threads: int = 0) -> Any:
    """Return an onnxruntime session on the CPU that loads no weights from other files.

    Args:
        model: The content of an ONNX file.
        threads: How many one call may use; 0 for one on each core it may use.
    """
    # It would report every session to its makers, and to stderr where there is no home folder.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = FATAL
    # Without an arena a large batch's memory is given back, at no measurable cost in speed.
    options.enable_cpu_mem_arena = False
    options.intra_op_num_threads = threads or usable_cores()
    # A folder that can't exist: else weights are read from any path that the file names.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", f"{os.devnull}/none"
    )
    # With the fallback, a failure is printed on stdout and tried again.
    return ort.InferenceSession(
        model, options, providers=["CPUExecutionProvider"], enable_fallback=False
    )
