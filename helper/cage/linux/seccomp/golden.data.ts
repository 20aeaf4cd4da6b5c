/** SHA-256 of the filter bytes that were reviewed, by architecture and variant. */
export const GOLDEN_FILTERS: Readonly<Record<string, string>> = {
  'x64:kill': '3c8d32a91c2477ff5611842b399696187d551770d344532ac22a2af0e35852f4',
  'x64:quiet': 'af8419370a1a54d49aa78cd3b1dd4617404ee7890a8a99a061dd7a1225685599',
  'x64:kill-nosysv': '6f1295d558de730ca9dc507e9909ddc81c9bff521f471d9e181e9d931ae9c632',
  'x64:quiet-nosysv': '58e80705affa0e06af89a4ace142b39e8e7f7f33af1bb64c4a6da071a3172db2',
  'arm64:kill': 'ed707d173170499702dc09a78fd61c24fcf53ff0200a6a6fef8ea9c9d9dd09f6',
  'arm64:quiet': '7bef74c873da11a06263b6253d2d3172dc6ca1fb50c65bc5a3f2e8233e3f52d2',
  'arm64:kill-nosysv': 'a5a0b7700980c7850aab83763bedb6638e128acee3c5c4e74e305124da1b3ddc',
  'arm64:quiet-nosysv': '03f9e3a1913b9c32a78f407582d76573b24affa284e6e98170f6ba2e17668c24',
};
