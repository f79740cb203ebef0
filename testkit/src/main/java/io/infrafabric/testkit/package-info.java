/** What every module's tests share: backends that are really there, in-memory doubles held to the same contract, and judges. */
package io.infrafabric.testkit;
