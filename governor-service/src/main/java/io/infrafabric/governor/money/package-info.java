/**
 * The arithmetic of money and tokens: purses that give to one another, how much of one a step gets, what tokens cost on a day, and what
 * will be spent. Pure, exact, in whole micro-dollars and tokens; knows no store and no swarm. Called by all that books.
 */
package io.infrafabric.governor.money;
