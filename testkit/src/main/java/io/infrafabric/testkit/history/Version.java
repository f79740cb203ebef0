package io.infrafabric.testkit.history;

import com.google.protobuf.ByteString;
import java.util.Optional;

/**
 * What a key was at a revision.
 *
 * @param value empty when it was deleted
 */
public record Version(long revision, String key, Optional<ByteString> value) {}
