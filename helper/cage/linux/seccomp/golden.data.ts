/** SHA-256 of the filter bytes that were reviewed, by architecture and variant. */
export const GOLDEN_FILTERS: Readonly<Record<string, string>> = {
  'x64:kill': '6b5fa0f8d9b63ae986beaa326793440136873d6d36620c2c6dfee911770af160',
  'x64:quiet': '129a6e3a4d5966710344da60cfd2bace03b5a4cef4dba3f9705178b97f4165f4',
  'x64:kill-nosysv': '55eea7f6a57771e90253fef6deba17e1294d57c392b6cd58781b7b8f8e3837f0',
  'x64:quiet-nosysv': '209dd97bcb5d05d1ef77af7f7bc72ab2e83e5f16b8df9b8307ac1c9168fa9f58',
  'arm64:kill': '49c5d0d6a8b058751e91286b123c30e9640cb1b4a2f91043ee7ea99c9c3b5107',
  'arm64:quiet': '4010575f97b653ce9aa0ae4830577f40df60a43090b2af77f10b88e7c3667824',
  'arm64:kill-nosysv': '3bed46deaed29aa13e19500db438627fa9ebb4c340a84f8d7aa76bf07071f77b',
  'arm64:quiet-nosysv': 'c89dbc5776227b63c6ebafb34eb8c25d03ab86c766fd92dfccffa261a7a86c1c',
};
