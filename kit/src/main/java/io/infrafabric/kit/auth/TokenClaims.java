package io.infrafabric.kit.auth;

import io.infrafabric.access.Role;
import java.time.Instant;

/**
 * What a token says.
 *
 * @param subject sub: swarm id, person or service
 * @param role role: what the subject is
 * @param audience aud: the fabric that it is for
 * @param issuedAt iat, in whole seconds
 * @param expiresAt exp, in whole seconds
 * @param id jti: different for each token
 */
public record TokenClaims(String subject, Role role, String audience, Instant issuedAt, Instant expiresAt, String id) {}
