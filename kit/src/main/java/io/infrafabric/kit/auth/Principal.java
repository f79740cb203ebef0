package io.infrafabric.kit.auth;

import io.infrafabric.access.Role;
import java.time.Instant;

/**
 * Who calls, as a verified token says.
 *
 * @param subject swarm id, person or service
 * @param tokenId which of the issued tokens it was
 * @param keyId the key that it was signed with
 * @param expiresAt until when it is good
 */
public record Principal(String subject, Role role, String tokenId, String keyId, Instant expiresAt) {}
