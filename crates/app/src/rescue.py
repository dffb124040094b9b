#!/usr/bin/env python3
"""Opens a file sealed by dataward, without dataward: pip install aws-encryption-sdk"""
import getpass, os, shutil, sys
import aws_encryption_sdk as sdk
from aws_encryption_sdk.identifiers import CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey

def sheet(words):  # proquints: five letters are sixteen bits; key id 4, threshold 1, x 1, y 32, checksum 2
    value = 0
    letters = [c for c in words.lower() if c.isalpha()]
    for i, c in enumerate(letters):
        value = value << 4 | "bdfghjklmnprstvz".index(c) if i % 5 % 2 == 0 else value << 2 | "aiou".index(c)
    return value.to_bytes(len(letters) // 5 * 2, "big")

def times(a, b):  # GF(256) with x^8+x^4+x^3+x^2+1
    r = 0
    while b:
        r, a, b = r ^ a * (b & 1), a << 1 ^ (a >> 7) * 0x11D, b >> 1
    return r

def over(a, b):
    return next(q for q in range(256) if times(q, b) == a)

first = sheet(getpass.getpass("words of a sheet: "))
sheets = [first] + [sheet(getpass.getpass("words of another sheet: ")) for _ in range(first[4] - 1)]
code = [0] * 32
for s in sheets:
    weight = 1
    for o in sheets:
        if o is not s:
            weight = times(weight, over(o[5], o[5] ^ s[5]))
    code = [c ^ times(weight, y) for c, y in zip(code, s[6:38])]
pem = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "recovery-private.pem"), "rb").read()

# From here on: the AWS Encryption SDK alone, offline.
key = WrappingKey(WrappingAlgorithm.RSA_OAEP_SHA256_MGF1, pem, EncryptionKeyType.PRIVATE, bytes(code).hex().encode())
master = RawMasterKey(provider_id="recovery", key_id="RECOVERY_KEY_ID", wrapping_key=key)
client = sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
with open(sys.argv[1], "rb") as sealed, client.stream(mode="d", source=sealed, key_provider=master) as plain:
    with open(sys.argv[2], "wb") as output:
        shutil.copyfileobj(plain, output)
