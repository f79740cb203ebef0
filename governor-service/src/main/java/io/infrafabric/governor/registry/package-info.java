/**
 * Who there is: registers swarms and answers who is registered. Registering again replaces what a swarm says of itself and
 * never touches its money, breaker, failures or reputation. Called by operators and swarms.
 */
package io.infrafabric.governor.registry;
