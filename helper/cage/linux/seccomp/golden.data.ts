/** SHA-256 of the filter bytes that were reviewed, by architecture and variant. */
export const GOLDEN_FILTERS: Readonly<Record<string, string>> = {
  'x64:kill': 'c417f788f16a6f030b3ffc8759d334136674cc5164aaa7aaee513af9dde53f1c',
  'x64:quiet': 'bcaf1da8031f3f4fbb9f2dc62fd408472e5766092d7148a6e2aa905f38c1e16b',
  'x64:kill-nosysv': '3353e88be82e6bfa8071e95137412db8d02e49f7795d1302be3add83bd92ea14',
  'x64:quiet-nosysv': 'c100d1271b63820db90bbc08232d0198cdeca2a8121810a4eb9f24674c266bf2',
  'arm64:kill': 'a7797860bebf4a2c75171d2cc188fae61c1d36c222db6189bf61839ff69a4814',
  'arm64:quiet': '9603cddf7c56dc0b6a8842060473a0f2464a98c0780a5fe14502f70add7d7055',
  'arm64:kill-nosysv': 'f276ff821ab84993c22d16da926200c41a0f8bcfa8998391c5d0d824c600780c',
  'arm64:quiet-nosysv': 'a26200d6480105d468dc67dff3e5d25733b4a21b9064ff7da3353c79067d24b0',
};
