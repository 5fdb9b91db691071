/** Reads QR codes from the camera by zxing (WebAssembly, from the app's own origin). Loaded when the camera opens. */

import { BarcodeDetector, prepareZXingModule } from "barcode-detector/ponyfill";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

prepareZXingModule({ overrides: { locateFile: () => wasm } });

export interface Scanner {
  stop(): void;
}

const PAUSE_MS = 120;

/** Calls `onText` for each text that is read until `stop`; raises what getUserMedia raises. */
export async function startScanner(
  video: HTMLVideoElement,
  onText: (text: string) => void,
): Promise<Scanner> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } },
  });
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  let running = true;
  video.srcObject = stream;
  await video.play();
  const look = async () => {
    while (running) {
      const codes = await detector.detect(video).catch(() => []);
      for (const code of codes) if (running) onText(code.rawValue);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  void look();
  return {
    stop() {
      running = false;
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    },
  };
}
