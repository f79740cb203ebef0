/** IF.coordinator: who works on what. Owns tasks, claims, sessions and commitments. */
package io.infrafabric.coordinator;
