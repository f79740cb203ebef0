package io.infrafabric.cli.demo.census;

import com.google.protobuf.util.Durations;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.Limits;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.local.ServiceKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/** The module that counts, and the contract under which the chassis runs it. */
final class CensusModule {
  static final String SWARM = "census";
  static final String CAPABILITY = "code:census";

  /** A cent for one second of measured CPU time. */
  static final long CPU_SECOND_MICROS = 10_000;

  private static final String ENTRY = "modules/census.wasm";
  private static final long MEMORY_BYTES = 256L << 20;

  static final int CONCURRENT = 4;

  private CensusModule() {}

  /** What a task for a file of this length may cost: half a second of CPU time and two more for each MiB. */
  static long capMicros(long bytes) {
    return CPU_SECOND_MICROS / 2 + 2 * CPU_SECOND_MICROS * ((bytes + (1 << 20) - 1) >> 20);
  }

  static Contract contract(byte[] module) {
    return Contract.newBuilder()
        .setSwarmId(SWARM)
        .setVersion(1)
        .addCapabilities(CAPABILITY)
        .setModuleSha256(Objects.sha256(module))
        .setLimits(
            Limits.newBuilder()
                .setMemoryBytes(MEMORY_BYTES)
                .setWallClock(Durations.fromSeconds(120))
                .setCpuTime(Durations.fromSeconds(60)))
        .setMaxConcurrent(CONCURRENT)
        .setCostPerCpuSecondMicros(CPU_SECOND_MICROS)
        .build();
  }

  /** The module as the build of chassis-service left it. */
  static byte[] built(Path repository) {
    Path compiled = repository.resolve("chassis-service/target").resolve(ENTRY);
    try {
      if (Files.isRegularFile(compiled)) {
        return Files.readAllBytes(compiled);
      }
      return packaged(ServiceKind.CHASSIS.library(repository));
    } catch (IOException e) {
      throw new UncheckedIOException("the census module cannot be read: " + e.getMessage(), e);
    }
  }


  private static byte[] packaged(Path library) throws IOException {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(library, "infrafabric-chassis*.jar")) {
      for (Path path : jars) {
        try (JarFile jar = new JarFile(path.toFile())) {
          ZipEntry entry = jar.getEntry(ENTRY);
          if (entry != null) {
            return jar.getInputStream(entry).readAllBytes();
          }
        }
      }
    }
    throw Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "the census module is not built: run ./fabric build").asException();
  }
}
