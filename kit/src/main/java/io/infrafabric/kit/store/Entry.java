package io.infrafabric.kit.store;

import com.google.protobuf.ByteString;

/**
 * A key with its value at a revision.
 *
 * @param lease the lease it lives on, 0 without one
 */
public record Entry(String key, ByteString value, long createRevision, long modRevision, long lease) {}
