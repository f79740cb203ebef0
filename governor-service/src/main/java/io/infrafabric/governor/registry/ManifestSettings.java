package io.infrafabric.governor.registry;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.util.List;

/** What manifests must be like. A component in a record of settings. */
public record ManifestSettings(
    @Doc("The models that manifests may name, with what an hour costs in US dollars: model=price.") @Default(PriceList.DEFAULT) List<String> prices) {
  /** Refuses a list that nobody could name a model of. */
  public ManifestSettings {
    prices = List.copyOf(prices);
    PriceList.parse(prices);
  }

  /** Those of a governor that is told nothing. */
  public static ManifestSettings defaults() {
    return new ManifestSettings(List.of(PriceList.DEFAULT.split(",")));
  }

  /** The models that may be named. */
  public PriceList priceList() {
    return PriceList.parse(prices);
  }
}
