#pragma once

/// What concerns a whole account and takes longer than a request: its end, and the export of all of its data. Both
/// answer when the wish is durable, and work on it on one loop, a little at a time, whatever restarts come between.

#include "services/account/exports.h"
#include "services/account/removals.h"
