"""Trains, deploys and asks by the SageMaker SDK, boto3 and the AWS CLI: sdk.py DIR

DIR has train.rec, validation.rec, one.jpg and one.png, which has the same pixels.
"""

import contextlib
import io
import json
import pathlib
import subprocess
import sys

import boto3
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import IdentitySerializer

here = pathlib.Path(sys.argv[1])
bucket, role = "snellen", "arn:aws:iam::123456789012:role/stand-in"
session = sagemaker.Session(default_bucket=bucket)


def cli(*args):
    """Returns the answer of the AWS CLI."""
    out = subprocess.run(
        [sys.executable, "-m", "awscli", *args, "--output", "json"],
        check=True, capture_output=True, text=True,
    )
    return json.loads(out.stdout)


channels = {}
for name in ("train", "validation"):
    uri = session.upload_data(str(here / f"{name}.rec"), bucket, f"data/{name}")
    channels[name] = TrainingInput(uri, content_type="application/x-recordio")
image = sagemaker.image_uris.retrieve("image-classification", session.boto_region_name)
estimator = Estimator(
    image, role, instance_count=1, instance_type="ml.g5.xlarge", volume_size=50, max_run=3600,
    output_path=f"s3://{bucket}/output", sagemaker_session=session,
    hyperparameters={
        "num_classes": 2, "num_training_samples": 16, "mini_batch_size": 8, "num_layers": 20,
        "image_shape": "3,32,32", "epochs": 2, "learning_rate": 0.01,
    },
)
said = io.StringIO()
with contextlib.redirect_stdout(said):
    estimator.fit(channels, logs="All")
assert "Validation-accuracy" in said.getvalue(), said.getvalue()
job = estimator.latest_training_job.name
print("fit", job)

attached = Estimator.attach(job, sagemaker_session=session)
assert attached.model_data == estimator.model_data, attached.model_data
print("attach", attached.model_data)

curve = attached.training_job_analytics.dataframe()
assert set(curve["metric_name"]) == {"train:accuracy", "validation:accuracy"}, curve
print("analytics", len(curve))

said = io.StringIO()
with contextlib.redirect_stdout(said):
    session.logs_for_job(job)
assert "Validation-accuracy" in said.getvalue(), said.getvalue()
print("logs")

predictor = attached.deploy(
    1, "ml.m5.xlarge", serializer=IdentitySerializer("image/jpeg"),
    deserializer=JSONDeserializer(),
)
first = predictor.predict((here / "one.jpg").read_bytes())
assert len(first) == 2 and abs(sum(first) - 1) < 1e-5, first
predictor.serializer = IdentitySerializer("image/png")
second = predictor.predict((here / "one.png").read_bytes())
assert len(second) == 2 and abs(sum(second) - 1) < 1e-5, second
print("predict", first, second)

client = boto3.client("sagemaker")
endpoint = client.describe_endpoint(EndpointName=predictor.endpoint_name)
assert endpoint["ProductionVariants"][0]["DeployedImages"][0]["SpecifiedImage"] == image
assert cli("sts", "get-caller-identity")["Account"] == "123456789012"
told = cli("sagemaker", "describe-training-job", "--training-job-name", job)
assert told["OutputDataConfig"]["KmsKeyId"] == "", told
streams = cli("logs", "describe-log-streams", "--log-group-name", "/aws/sagemaker/TrainingJobs",
              "--log-stream-name-prefix", job)
assert streams["logStreams"], streams
print("cli")

# The SDK's own ways of deleting begin with what an endpoint still uses.
name = predictor.endpoint_name
config = endpoint["EndpointConfigName"]
variants = client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
predictor.delete_endpoint(delete_endpoint_config=False)
client.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1})
client.delete_endpoint_config(EndpointConfigName=config)
client.delete_model(ModelName=variants[0]["ModelName"])
print("deleted")
