"""What a SageMaker training job runs; the package stands beside this script in the job's code folder."""

from medassist.training import main

raise SystemExit(main())
