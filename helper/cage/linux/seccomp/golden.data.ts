/** SHA-256 of the filter bytes that were reviewed, by architecture and variant. */
export const GOLDEN_FILTERS: Readonly<Record<string, string>> = {
  'x64:kill': 'e68c09027c5d9ad3efc1fc6ca0859a5ec9aa1e967ad4ef91af89e7fb03362da4',
  'x64:quiet': 'b23dd99a805347b6c23affe69bd6f4567b1f741576d3a7c56f0d3e916cf353af',
  'x64:kill-nosysv': '34298918a491a3235487dc38f1703961bf2a245746eeded2009c74f7c0f8c0fa',
  'x64:quiet-nosysv': '12779b8380c8f948065048ea77910dc7a8c735007d4e42161edd63c5e18b6422',
  'arm64:kill': '2e6000d0a0ec6c0043cbdd55ffcae84e1b1c560b16b2605aa3b53e108d360692',
  'arm64:quiet': 'f6d58b7423354c5a1ad77820316d2fff1dd8e7de27951526f89e620215b9374f',
  'arm64:kill-nosysv': '5781d2d047b6067e91b22b471c0e9844ba7f0bbd2c89f09952dd475b633fa881',
  'arm64:quiet-nosysv': '8ef747309aa719a99fcddb6073891f4e82eb1295ba74fbe2266e2cbc5839a8b8',
};
