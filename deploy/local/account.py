"""The one account and region of the emulated cloud."""

ACCOUNT = "123456789012"  # moto's
REGION = "eu-west-1"  # not us-east-1, where CreateBucket is forgiven a missing location
