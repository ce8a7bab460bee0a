// The model, in a browser and under node: from images to probabilities.

import { InferenceSession, Tensor, env } from "./runtime/ort.js";

export const MODEL = "model.onnx";
export const WASM = "runtime/ort-wasm-simd-threaded.wasm";

/**
 * Return a function from uint8 pixels, 784 for each image, to a Float32Array of probabilities.
 *
 * It takes the bytes of the files MODEL and WASM.
 */
export async function openClassifier(model, wasm) {
  // More threads need headers that not every static server sends.
  env.wasm.numThreads = 1;
  env.wasm.wasmBinary = wasm;
  const session = await InferenceSession.create(model, { executionProviders: ["wasm"] });
  return async (pixels) => {
    const image = new Tensor("uint8", pixels, [pixels.length / 784, 28, 28]);
    const { probabilities } = await session.run({ image });
    return probabilities.data;
  };
}
