"""Kafka, one KRaft node: broker and controller in one Java process, its jars from Maven."""

import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.services.daemon import Daemon
from tools.services.health_checks import kafka_answers
from tools.services.programs import Program, require_tool, run
from tools.services.settings import ADDRESS, ServiceError, ServiceSettings

VERSION = "4.1.1"
LOG4J = "2.24.3"
# Any 16 bytes in base64url; the same for every one of these single nodes.
CLUSTER = "dmVyYmF0aW0tc2VydmljZQ"

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>verbatim</groupId><artifactId>kafka-jars</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{version}</version>
    </dependency>{more}
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>{log4j}</version>
    </dependency>
  </dependencies>
</project>
"""
ARTIFACT = """
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>{name}</artifactId><version>{version}</version>
    </dependency>"""

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{address}:{controller}
listeners=PLAINTEXT://{address}:{broker},CONTROLLER://{address}:{controller}
advertised.listeners=PLAINTEXT://{address}:{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=6
offsets.topic.num.partitions=5
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# Preallocated index files would take 20 MB a partition.
log.index.size.max.bytes=1048576
"""


def daemon(settings: ServiceSettings) -> Daemon:
    programs = settings.program("kafka")
    state = settings.state("kafka", settings.kafka_port)
    return Daemon(
        name="kafka",
        port=settings.kafka_port,
        state=state,
        program=Program(programs, f"{VERSION} log4j {LOG4J}", copy_jars),
        prepare=partial(_prepare, programs, state, settings),
        command=partial(_java, programs, "kafka.Kafka", str(state / "server.properties")),
        answers=partial(kafka_answers, settings.kafka_port),
    )


def copy_jars(folder: Path, *more: str) -> None:
    """Puts the broker's jars, and those of more artifacts of Kafka's, into the folder's `jars`."""
    maven = require_tool("mvn", "maven", "Kafka's jars come by it")
    artifacts = "".join(ARTIFACT.format(name=name, version=VERSION) for name in more)
    (folder / "pom.xml").write_text(POM.format(version=VERSION, log4j=LOG4J, more=artifacts))
    copy = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder / 'jars'}")
    run([maven, "-q", "-B", *copy], log=folder / "install.log", cwd=folder)


def _prepare(programs: Path, state: Path, settings: ServiceSettings) -> None:
    """Writes the settings, and formats the data folder the first time."""
    data = state / "data"
    properties = PROPERTIES.format(
        address=ADDRESS, broker=settings.kafka_port, controller=settings.controller_port, data=data
    )
    (state / "server.properties").write_text(properties)
    if (data / "meta.properties").exists():
        return
    format_ = ("format", "--ignore-formatted", "-t", CLUSTER, "-c", str(state / "server.properties"))
    done = subprocess.run(
        _java(programs, "kafka.tools.StorageTool", *format_), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise ServiceError(f"Kafka's data folder {data} could not be made:\n{done.stdout}{done.stderr}")


def _java(programs: Path, main: str, *arguments: str) -> Sequence[str]:
    options = ("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-Dorg.apache.logging.log4j.level=INFO")
    java = require_tool("java", "openjdk-17-jre-headless", "Kafka runs on it")
    return [java, *options, "-cp", str(programs / "jars" / "*"), main, *arguments]
