package io.infrafabric.governor.registry;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What manifests must be like. A component in a record of settings. */
public record ManifestSettings(
    @Doc("Whether manifests must be signed: off, verify (those that are signed) or required.") @Default("off") SignatureMode signatures,
    @Doc("File with the public keys that may vouch for manifests, and for which swarms; read again when it changes.") Optional<Path> keys,
    @Doc("The models that manifests may name, with what an hour costs in US dollars: model=price.") @Default(PriceList.DEFAULT) List<String> prices) {
  /** Refuses what would let nobody in, or anybody. */
  public ManifestSettings {
    prices = List.copyOf(prices);
    PriceList.parse(prices);
    if (signatures != SignatureMode.OFF && keys.isEmpty()) {
      throw new IllegalArgumentException("manifest-signatures is not off: manifest-keys must name the file of the keys that may vouch for manifests");
    }
  }

  /** Those of a governor that is told nothing. */
  public static ManifestSettings defaults() {
    return new ManifestSettings(SignatureMode.OFF, Optional.empty(), List.of(PriceList.DEFAULT.split(",")));
  }

  /** The models that may be named. */
  public PriceList priceList() {
    return PriceList.parse(prices);
  }
}
