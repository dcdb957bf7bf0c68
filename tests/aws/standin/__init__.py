"""A stand-in for the `aws` plugin of Pulumi: maps its resource types to boto3 calls against an emulated AWS."""
