/** What is wrong with a request, all of it at once. Owns no record; called by every feature before it decides. */
package io.infrafabric.governor.input;
