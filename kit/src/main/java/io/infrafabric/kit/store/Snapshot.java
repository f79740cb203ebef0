package io.infrafabric.kit.store;

import java.util.List;

/** Everything under a prefix at one revision. */
public record Snapshot(long revision, List<Entry> entries) {}
