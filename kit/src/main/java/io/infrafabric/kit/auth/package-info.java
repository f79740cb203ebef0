/**
 * Who calls: signed tokens (JWT with Ed25519, RFC 7519 and RFC 8037), the keys that are trusted, what a role may, how many calls a second
 * a caller has, and what is told of refusals. {@link io.infrafabric.kit.auth.TokenRules} and {@link
 * io.infrafabric.kit.auth.AccessRules} decide; the door itself is {@code kit.grpc.AccessGuard}, which the mirror on NATS shares. Nothing
 * here shows a token or a private key, neither in a text nor in an exception.
 */
package io.infrafabric.kit.auth;
