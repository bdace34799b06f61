"""What the training job of an encoder runs; the package stands beside this script in the job's code folder."""

from medassist.experiments.encoder_training import main

raise SystemExit(main())
