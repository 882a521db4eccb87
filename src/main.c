#include <config.h>

#include "base/diag.h"
#include "base/standard.h"
#include "engine/plan.h"
#include "engine/run.h"
#include "front/command_line.h"

int
main(int argc, char *argv[])
{
	struct plan plan = { .nslaves = 0 };
	int status = DIAG_EXIT_FAILURE;

	if (standard_prepare())
		return DIAG_EXIT_FAILURE;
	switch (command_line_parse(argc, argv, &plan)) {
	case OPTIONS_RUN:
		status = run(&plan);
		break;
	case OPTIONS_DONE:
		status = 0;
		break;
	case OPTIONS_BAD:
		break;
	}
	plan_release(&plan);
	return status;
}
