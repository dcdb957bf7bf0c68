// Django projects on AWS ECS Fargate: network, load balancer, database, cache and the processes of the application.
package awsdjango
