# replaces all selectors: repeat the others, which this shows
aws cloudtrail get-event-data-store --event-data-store {{arn}} --region {{region}}
aws cloudtrail update-event-data-store --event-data-store {{arn}} --advanced-event-selectors '[{"Name":"Management events","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]' --region {{region}}
