package io.infrafabric.cli.fabric;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.local.FabricRecord;
import io.infrafabric.local.ServiceKind;
import java.nio.file.Path;

/**
 * Where the doors of a fabric are; each may be null when it is not known.
 *
 * @param coordinator gRPC target
 * @param governor gRPC target
 * @param chassis gRPC target
 * @param nats URL
 */
public record Addresses(String coordinator, String governor, String chassis, String nats) {
  /** The addresses of a local fabric. */
  public static Addresses of(FabricRecord fabric) {
    return new Addresses(
        fabric.target(ServiceKind.COORDINATOR),
        fabric.target(ServiceKind.GOVERNOR),
        fabric.target(ServiceKind.CHASSIS),
        fabric.natsUrl());
  }

  /** These addresses, and those of the fabric that runs under the directory where one is missing. */
  public Addresses orOfFabricUnder(Path directory) {
    if (coordinator != null && governor != null && chassis != null && nats != null) {
      return this;
    }
    return FabricRecord.current(directory)
        .filter(FabricRecord::alive)
        .map(Addresses::of)
        .map(
            found ->
                new Addresses(
                    coordinator == null ? found.coordinator : coordinator,
                    governor == null ? found.governor : governor,
                    chassis == null ? found.chassis : chassis,
                    nats == null ? found.nats : nats))
        .orElse(this);
  }

  /** The address, when it is known. */
  static String known(String address, String door) {
    if (address == null) {
      throw Refusal.of(
              ErrorCode.ERROR_CODE_UNAVAILABLE,
              "no fabric runs here: start one with ./fabric up, or name the %s with --%s".formatted(door, door))
          .asException();
    }
    return address;
  }
}
