#!/usr/bin/env node
// Options are context values: npx cdk deploy --app 'npm run --silent build && node build/bin/backfill.js' -c sourceBucket=my-trail
import * as cdk from 'aws-cdk-lib';
import { backfillOptions, BackfillStack } from '../lib/backfill';

const app = new cdk.App();
new BackfillStack(app, app.node.tryGetContext('stackName') ?? 'sealwatch-backfill', backfillOptions(app.node));
