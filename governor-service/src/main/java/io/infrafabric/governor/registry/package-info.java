/**
 * Who there is: registers swarms and answers who is registered. Registering again replaces what a swarm says of itself and
 * never touches its money, breaker, failures or reputation. Unregistering keeps all of these and flags the standing, which claims compare. Called by operators and swarms.
 */
package io.infrafabric.governor.registry;
