#!/usr/bin/env node
// Options are context values: npx cdk deploy -c alertEmail=oncall@example.com -c architecture=x86_64
import * as cdk from 'aws-cdk-lib';
import { options } from '../lib/options';
import { SealwatchStack } from '../lib/stack';

const app = new cdk.App();
new SealwatchStack(app, app.node.tryGetContext('stackName') ?? 'sealwatch', options(app.node));
